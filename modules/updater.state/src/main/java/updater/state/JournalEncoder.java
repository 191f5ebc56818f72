package updater.state;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.file.Path;
import updater.api.Place;
import updater.api.Step;
import updater.api.service.ServiceFacts;

/**
 * Turn journal records into JSON. Names are short, and places below home or the state directory leave their anchor out: a
 * plan may have 100,000 steps.
 */
final class JournalEncoder {
    private final Path home;
    private final Path state;
    private final RecordBuffer buffer = new RecordBuffer();

    JournalEncoder(Path home, Path state) {
        this.home = home;
        this.state = state;
    }

    /** Returns the record; one that could not be read back as it is, is refused. */
    byte[] encode(JournalRecord entry) throws IOException {
        if (entry instanceof JournalRecord.Planned(Step.PlaceFile file)) {
            return PlacedFile.encode(buffer, file, home, state);
        }
        return JsonText.compactRecord(out -> {
            out.writeStartObject();
            switch (entry) {
                case JournalRecord.Begin begin -> begin(out, begin);
                case JournalRecord.Planned(Step step) -> step(out, step);
                case JournalRecord.PlanComplete(long steps) -> {
                    out.writeStringField("k", "plan-complete");
                    out.writeNumberField("n", steps);
                }
                case JournalRecord.Padding(int length) -> {
                    out.writeStringField("k", "padding");
                    out.writeStringField("x", " ".repeat(length));
                }
                case JournalRecord.Reached reached -> {
                    out.writeStringField("k", "reached");
                    out.writeStringField("phase", reached.phase().name());
                    out.writeStringField("at", reached.at().toString());
                    out.writeStringField("detail", reached.detail());
                }
            }
            out.writeEndObject();
        });
    }

    private void begin(JsonGenerator out, JournalRecord.Begin begin) throws IOException {
        out.writeStringField("k", "begin");
        out.writeNumberField("format", begin.format());
        out.writeStringField("updater", begin.updaterVersion());
        out.writeStringField("id", begin.id());
        out.writeStringField("at", begin.at().toString());
        out.writeFieldName("product");
        ProductJson.write(out, begin.product());
        out.writeStringField("home", RecordText.of(begin.home()));
        out.writeStringField("state", RecordText.of(begin.state()));
        out.writeStringField("manager", begin.serviceManager());
        out.writeFieldName("before");
        facts(out, begin.before());
        if (begin.statusBefore().isPresent()) {
            out.writeStringField("status", begin.statusBefore().get().toBase64());
        }
        out.writeStringField("from", begin.fromVersion());
        out.writeStringField("to", begin.toVersion());
        out.writeStringField("boot", begin.bootId());
    }

    private static void facts(JsonGenerator out, ServiceFacts facts) throws IOException {
        out.writeStartObject();
        out.writeBooleanField("active", facts.active());
        out.writeStringField("enablement", facts.enablement());
        out.writeArrayFieldStart("dependents");
        for (String dependent : facts.dependents()) {
            out.writeString(dependent);
        }
        out.writeEndArray();
        out.writeStringField("stop-bound", facts.stopBound().toString());
        out.writeStringField("definition", facts.definition());
        out.writeEndObject();
    }

    private void step(JsonGenerator out, Step step) throws IOException {
        switch (step) {
            case Step.StopService(String service) -> {
                out.writeStringField("k", "stop");
                out.writeStringField("service", service);
            }
            case Step.CreateDirectory directory -> {
                out.writeStringField("k", "mkdir");
                place(out, "t", directory.target());
                out.writeNumberField("mode", directory.mode());
                out.writeNumberField("uid", directory.uid());
                out.writeNumberField("gid", directory.gid());
            }
            case Step.PlaceFile file -> throw new IllegalArgumentException("encoded by itself: " + file);
            case Step.ReplaceDefinition(String service, Step.PlaceFile file) -> {
                out.writeStringField("k", "definition");
                out.writeStringField("service", service);
                file(out, file);
            }
            case Step.ConfigureService configure -> {
                out.writeStringField("k", "configure");
                out.writeStringField("service", configure.service());
                out.writeStringField("before", configure.before());
                out.writeStringField("after", configure.after());
            }
            case Step.StartService(String service) -> {
                out.writeStringField("k", "start");
                out.writeStringField("service", service);
            }
        }
    }

    private void file(JsonGenerator out, Step.PlaceFile file) throws IOException {
        place(out, "s", file.source());
        place(out, "t", file.target());
        place(out, "b", file.backup());
        out.writeBooleanField("replaces", file.replaces());
        out.writeBooleanField("rename", file.byRename());
        out.writeNumberField("size", file.size());
    }

    /** A place is an array: {@code h} (home) or {@code s} (state directory) and the path, or anchor and path. */
    private void place(JsonGenerator out, String name, Place place) throws IOException {
        out.writeArrayFieldStart(name);
        if (place.anchor().equals(home)) {
            out.writeString("h");
        } else if (place.anchor().equals(state)) {
            out.writeString("s");
        } else {
            out.writeString(RecordText.of(place.anchor()));
        }
        out.writeString(place.path());
        out.writeEndArray();
    }
}
