package updater.jlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The manual page says what {@code --help} says, in a form that formatters take without a complaint. */
final class ManualPageTests {
    private static final String HELP = """
            Updates an agent, and rolls back.

            usage: updater [options]     update it
                   updater apply BUNDLE  the same from a tarball

            options
              --home DIR       where it lies
              --json           with status: as it is stored;
                               with plan: the same

            exit codes
              0   done
              status exits with 3 while that is so

            files
              HOME/log/updater.log   what it did
            """;

    @Test
    void of_help_isThis() {
        assertThat(ManualPage.of(HELP)).endsWith("""
                .SH COMMANDS
                .TP
                \\&\\fBupdater\\fR [\\fBoptions\\fR]
                update it
                .TP
                \\&\\fBupdater\\fR \\fBapply\\fR \\fIBUNDLE\\fR
                the same from a tarball
                .SH "OPTIONS"
                .TP
                \\&\\fB\\-\\-home\\fR \\fIDIR\\fR
                where it lies
                .TP
                \\&\\fB\\-\\-json\\fR
                with status: as it is stored;
                with plan: the same
                .SH "EXIT STATUS"
                .TP
                \\&0
                done
                .PP
                status exits with 3 while that is so
                .SH "FILES"
                .TP
                \\&\\fIHOME\\fR/\\fRlog\\fR/\\fRupdater\\fR.\\fRlog\\fR
                what it did
                .SH SEE ALSO
                .BR systemctl (1),
                .BR journalctl (1)
                """);
    }

    @Test
    void of_helpWithoutASection_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> ManualPage.of(HELP.replace("exit codes", "codes")));
    }

    @Test
    void ofClassPath_hasEverySectionAndCommand() throws IOException {
        String page = ManualPage.ofClassPath();

        assertThat(page.lines().filter(line -> line.startsWith(".SH")).map(line -> line.replace("\"", "")))
                .containsExactly(
                        ".SH NAME",
                        ".SH SYNOPSIS",
                        ".SH DESCRIPTION",
                        ".SH COMMANDS",
                        ".SH OPTIONS",
                        ".SH EXIT STATUS",
                        ".SH FILES",
                        ".SH SEE ALSO");
        for (String command : List.of("apply", "recover", "rollback", "status", "plan", "hold", "purge")) {
            assertThat(page).contains("\\fBupdater\\fR \\fB" + command + "\\fR");
        }
    }

    @Test
    void ofClassPath_inGroff_hasNoWarnings(@TempDir Path directory) throws IOException, InterruptedException {
        assumeTrue(Command.onPath("groff").isPresent(), "groff-base is not installed");
        Path page = Files.writeString(directory.resolve("updater.8"), ManualPage.ofClassPath());
        Path complaints = directory.resolve("complaints");

        Process groff = new ProcessBuilder("groff", "-man", "-Tutf8", "-ww", "-P-cbou", page.toString())
                .redirectError(complaints.toFile())
                .start();
        String text = new String(groff.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(groff.waitFor()).isZero();
        assertThat(Files.readString(complaints)).isEmpty();
        assertThat(text).contains("/var/lib/PRODUCT-updater");
    }
}
