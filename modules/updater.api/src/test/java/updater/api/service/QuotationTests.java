package updater.api.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import updater.api.service.Commands.Result;

class QuotationTests {
    @Test
    void of_lines_areOneSentenceWithoutItsFullStop() {
        assertThat(Quotation.of("\n  Reading config.\r\n\n\tline 3:\tno such receiver.\n"))
                .isEqualTo("Reading config; line 3: no such receiver");
    }

    @Test
    void of_colours_areLeftOut() {
        assertThat(Quotation.of("\u001B[1;31merror\u001B[0m: no pipeline")).isEqualTo("error: no pipeline");
    }

    @Test
    void of_nothing_isEmpty() {
        assertThat(Quotation.of(" \n\n")).isEmpty();
    }

    @Test
    void of_manyLines_isTheFirstAndTheEndFromTheBeginningOfALine() {
        String text = IntStream.rangeClosed(1, 500).mapToObj(i -> "line " + i).collect(Collectors.joining("\n"));

        assertThat(Quotation.of(text))
                .startsWith("line 1; …; line ")
                .endsWith("; line 499; line 500")
                .hasSizeBetween(500, 600);
    }

    @Test
    void of_oneLongLine_isItsBeginningAndItsEnd() {
        assertThat(Quotation.of("begin " + "x".repeat(5000) + " end"))
                .startsWith("begin x")
                .contains("x…x")
                .endsWith(" end")
                .hasSize(600);
    }

    @Test
    void of_longLines_cutNoCharacterInTwo() {
        for (int before = 0; before < 4; before++) {
            String text = "x".repeat(before) + "\uD83D\uDE00".repeat(2000);

            assertThat(Quotation.of(text).replace("\uD83D\uDE00", "")).isEqualTo("x".repeat(before) + "…");
        }
    }

    @Test
    void ofCommand_scriptOfLines_isOnOne() {
        assertThat(Quotation.ofCommand(List.of("sh", "-c", "cd .\n  check .\n")))
                .isEqualTo("sh -c cd .; check .");
        assertThat(Quotation.ofCommand(List.of("sh", "-c", "begin" + "x".repeat(5000))))
                .startsWith("sh -c begin")
                .endsWith("x…")
                .hasSize(600);
    }

    @Test
    void ofErrors_errorsOrElseOutput() {
        assertThat(Quotation.ofErrors(new Result(1, "out\n", "err\n"))).isEqualTo("err");
        assertThat(Quotation.ofErrors(new Result(1, "out\n", "\n"))).isEqualTo("out");
        assertThat(Quotation.ofAll(new Result(1, "out", "err"))).isEqualTo("out; err");
    }
}
