package updater.app.offer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import updater.api.HomeLayout;
import updater.api.SystemTicker;
import updater.api.UpdateFailure;
import updater.api.service.ServiceManager;
import updater.app.host.Products;
import updater.fs.Disk;
import updater.fs.GuardedHome;
import updater.fs.HostFilesOnDisk;
import updater.state.log.LogChannels;
import updater.transaction.context.UpdateContext;

final class RequestDirectoryTests {
    @TempDir
    Path scratch;

    private Path home;
    private Path offer;
    private Path request;
    private RequestDirectory requests;

    @BeforeEach
    void makeHome() throws Exception {
        home = Files.createDirectory(scratch.resolve("home"));
        offer = home.resolve("tmp/offer");
        request = Files.createDirectories(offer).resolve("request.json");
        HomeLayout layout = new HomeLayout(home, Files.createDirectory(scratch.resolve("state")));
        Disk disk = new GuardedHome(Disk.ofHost(), layout);
        ServiceManager none = (ServiceManager) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ServiceManager.class}, (proxy, method, arguments) -> {
                    throw new AssertionError(method);
                });
        requests = new RequestDirectory(new UpdateContext(
                Products.at(home),
                layout,
                new UpdateContext.Manager("none", none),
                disk,
                LogChannels.ofFileSystem(),
                new HostFilesOnDisk(disk, layout.state().resolve("made")),
                new SystemTicker()));
    }

    private void assertGone() {
        assertThat(Files.exists(request, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(home.resolve(".updater/request")).doesNotExist();
    }

    @Test
    void claim_nothingThere_isNone() throws Exception {
        assertThat(requests.claim()).isFalse();
        Files.delete(offer);
        assertThat(requests.claim()).isFalse();
        Files.delete(home.resolve("tmp"));
        assertThat(requests.claim()).isFalse();
    }

    @Test
    void claim_anotherRequestMeanwhile_neitherChangesNorLosesOne() throws Exception {
        Files.writeString(request, "{\"bundle\": \"first\"}");
        assertThat(requests.claim()).isTrue();
        Files.writeString(request, "{\"bundle\": \"second\"}");

        assertThat(requests.read().bundle()).isEqualTo("first");

        assertThat(requests.claim()).isTrue();
        assertThat(requests.read().bundle()).isEqualTo("second");
        assertGone();
    }

    @Test
    void read_whatIsNoSmallFile_isRefusedAndGone() throws Exception {
        Path secret = Files.writeString(scratch.resolve("secret"), "{\"bundle\": \"SECRET\"}");
        for (String making : new String[] {
            "ln -s " + secret + " request.json",
            "ln -s /nowhere request.json",
            "mkdir -p request.json/a/b",
            "mkfifo request.json",
            "truncate -s 1G request.json",
            "printf garbage >request.json"
        }) {
            assertThat(new ProcessBuilder("sh", "-c", making)
                            .directory(offer.toFile())
                            .start()
                            .waitFor())
                    .isZero();

            assertThat(requests.claim()).as(making).isTrue();

            assertThatThrownBy(requests::read)
                    .as(making)
                    .isInstanceOf(UpdateFailure.Refused.class)
                    .hasMessageContaining("cannot be taken")
                    .hasMessageNotContaining("SECRET");
            assertGone();
            assertThat(secret).exists();
        }
    }

    @Test
    void claim_linkInPlaceOfTheDirectory_isRefusedAndRemoved() throws Exception {
        Path elsewhere = Files.createDirectory(scratch.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("request.json"), "{}");
        Files.delete(offer);
        Files.createSymbolicLink(offer, elsewhere);

        assertThatThrownBy(requests::claim).isInstanceOf(UpdateFailure.Refused.class);

        assertThat(Files.exists(offer, LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(elsewhere.resolve("request.json")).exists();
    }
}
