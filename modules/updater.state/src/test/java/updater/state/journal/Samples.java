package updater.state.journal;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.Product;
import updater.api.Step;
import updater.api.Ticker;
import updater.api.Versions;
import updater.api.service.ServiceFacts;
import updater.state.document.ProductJsonTests;

/** Build the values journals are made of. */
final class Samples {
    static final Path HOME = Path.of("/opt/agent");
    static final Path STATE = Path.of("/var/lib/agent-updater");
    static final Instant AT = Instant.parse("2026-01-02T03:04:05.678901234Z");

    /** Shows the same time for ever. */
    static final Ticker STOPPED_CLOCK = new Ticker() {
        @Override
        public long nanos() {
            return 0;
        }

        @Override
        public Instant now() {
            return AT;
        }

        @Override
        public void pause(Duration duration) {
            throw new UnsupportedOperationException();
        }
    };

    private Samples() {}

    static JournalRecord.Begin begin() {
        return begin(Optional.of(Bytes.of(new byte[] {0, (byte) 0xFF, '{', '"'})), ProductJsonTests.least());
    }

    static JournalRecord.Begin begin(Optional<Bytes> status, Product product) {
        return new JournalRecord.Begin(
                new JournalRecord.Begin.Writer(JournalRecord.FORMAT, "1.0.0"),
                "update-1",
                AT,
                product,
                new HomeLayout(HOME, STATE),
                new JournalRecord.Begin.Before(
                        "systemd",
                        new ServiceFacts(
                                true,
                                "enabled",
                                List.of("a.service", "b.service"),
                                Duration.ofMillis(90_500),
                                "text\n"),
                        status,
                        "b7c5f6b0-0000-4000-8000-000000000000"),
                new Versions("1.2.3", ""));
    }

    static Step.PlaceFile placeFile(String path) {
        return new Step.PlaceFile(
                new Place(HOME, "tmp/latest/" + path),
                new Place(HOME, path),
                new Place(STATE, "backup/" + path),
                true,
                false,
                1L << 40);
    }

    /** One step of every kind, with names that need escaping. */
    static List<Step> steps() {
        Place unit = new Place(Path.of("/usr/lib/systemd/system"), "agent.service");
        return List.of(
                new Step.StopService("agent.service"),
                new Step.CreateDirectory(
                        new Place(HOME, "plugins/ü \"quoted\"\n\u001b[2J"), 02750, 1000, 4_294_967_294L),
                placeFile("plugins/back\\slash😀"),
                new Step.RemoveFile(
                        new Place(HOME, "lib/dropped ü.jar"),
                        new Place(STATE, "backup/lib/dropped ü.jar"),
                        1L << 40,
                        4_294_967_297L,
                        AT),
                new Step.RemoveDirectory(new Place(HOME, "lib/dropped"), 0755, 0, 4_294_967_294L),
                new Step.ReplaceDefinition(
                        "agent.service",
                        new Step.PlaceFile(
                                new Place(STATE, "unit"), unit, new Place(HOME, "tmp/rollback/u"), false, true, 0),
                        false),
                new Step.ReplaceDefinition("agent.service", placeFile("units/agent.service"), true),
                new Step.ConfigureService("agent", "{\"start\":\"auto\"}", ""),
                new Step.StartService("agent.service"));
    }
}
