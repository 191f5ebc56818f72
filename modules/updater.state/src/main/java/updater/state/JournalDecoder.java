package updater.state;

import java.nio.file.FileSystem;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import updater.api.Bytes;
import updater.api.Place;
import updater.api.Step;
import updater.api.service.ServiceFacts;

/**
 * Turn JSON back into journal records. Members or kinds that are not known are refused: whoever wrote them relied on their
 * being understood.
 */
final class JournalDecoder {
    private static final Set<String> BEGIN = Set.of(
            "k", "format", "updater", "id", "at", "product", "home", "state", "manager", "before", "status", "from",
            "to", "boot");
    private static final Set<String> DEFINITION = Set.of("k", "service", "s", "t", "b", "replaces", "rename", "size");

    private final FileSystem fileSystem;

    /** Home and state directory, once the first record told them. */
    private Optional<JournalRecord.Begin> begin;

    JournalDecoder(FileSystem fileSystem, Optional<JournalRecord.Begin> begin) {
        this.fileSystem = fileSystem;
        this.begin = begin;
    }

    JournalRecord decode(byte[] payload) throws JsonShapeException {
        if (PlacedFile.is(payload)) {
            return new JournalRecord.Planned(PlacedFile.decode(payload, fileSystem, begin));
        }
        JsonNode node = JsonNode.root(JsonText.parse(payload, JsonText.Duplicates.REFUSED));
        JsonNode kind = node.member("k");
        return switch (kind.text()) {
            case "begin" -> begin(node);
            case "stop" -> {
                node.allowOnly(Set.of("k", "service"));
                yield new JournalRecord.Planned(new Step.StopService(text(node, "service")));
            }
            case "mkdir" -> {
                node.allowOnly(Set.of("k", "t", "mode", "uid", "gid"));
                yield new JournalRecord.Planned(new Step.CreateDirectory(
                        place(node, "t"),
                        node.member("mode").smallNumber(),
                        node.member("uid").number(),
                        node.member("gid").number()));
            }
            case "definition" -> {
                node.allowOnly(DEFINITION);
                yield new JournalRecord.Planned(new Step.ReplaceDefinition(text(node, "service"), file(node)));
            }
            case "configure" -> {
                node.allowOnly(Set.of("k", "service", "before", "after"));
                yield new JournalRecord.Planned(
                        new Step.ConfigureService(text(node, "service"), text(node, "before"), text(node, "after")));
            }
            case "start" -> {
                node.allowOnly(Set.of("k", "service"));
                yield new JournalRecord.Planned(new Step.StartService(text(node, "service")));
            }
            case "plan-complete" -> {
                node.allowOnly(Set.of("k", "n"));
                yield new JournalRecord.PlanComplete(node.member("n").number());
            }
            case "padding" -> {
                node.allowOnly(Set.of("k", "x"));
                yield new JournalRecord.Padding(text(node, "x").length());
            }
            case "reached" -> {
                node.allowOnly(Set.of("k", "phase", "at", "detail"));
                yield new JournalRecord.Reached(
                        phase(node.member("phase")), RecordText.instant(node.member("at")), text(node, "detail"));
            }
            default -> throw kind.expected("a known kind of record");
        };
    }

    private JournalRecord begin(JsonNode node) throws JsonShapeException {
        JsonNode format = node.member("format");
        // Looked at first: with another format, everything after it may be different.
        if (format.smallNumber() > JournalRecord.FORMAT) {
            throw format.expected(JournalRecord.FORMAT + " at most");
        }
        node.allowOnly(BEGIN);
        Optional<JsonNode> status = node.optional("status");
        JournalRecord.Begin found = new JournalRecord.Begin(
                format.smallNumber(),
                text(node, "updater"),
                text(node, "id"),
                RecordText.instant(node.member("at")),
                ProductShape.read(node.member("product")),
                RecordText.path(fileSystem, node.member("home")),
                RecordText.path(fileSystem, node.member("state")),
                text(node, "manager"),
                facts(node.member("before")),
                status.isPresent() ? Optional.of(bytes(status.get())) : Optional.empty(),
                text(node, "from"),
                text(node, "to"),
                text(node, "boot"));
        begin = Optional.of(found);
        return found;
    }

    private static ServiceFacts facts(JsonNode node) throws JsonShapeException {
        node.allowOnly(Set.of("active", "enablement", "dependents", "stop-bound", "definition"));
        return new ServiceFacts(
                node.member("active").bool(),
                text(node, "enablement"),
                node.member("dependents").texts(),
                RecordText.duration(node.member("stop-bound")),
                text(node, "definition"));
    }

    private Step.PlaceFile file(JsonNode node) throws JsonShapeException {
        return new Step.PlaceFile(
                place(node, "s"),
                place(node, "t"),
                place(node, "b"),
                node.member("replaces").bool(),
                node.member("rename").bool(),
                node.member("size").number());
    }

    private Place place(JsonNode parent, String name) throws JsonShapeException {
        JsonNode node = parent.member(name);
        List<JsonNode> parts = new ArrayList<>(node.elements());
        if (parts.size() != 2) {
            throw node.expected("an anchor and a path");
        }
        try {
            return new Place(anchor(parts.get(0)), parts.get(1).text());
        } catch (IllegalArgumentException e) {
            throw node.expected("an absolute anchor and a plain relative path");
        }
    }

    private Path anchor(JsonNode node) throws JsonShapeException {
        return switch (node.text()) {
            case "h" -> begun(node).home();
            case "s" -> begun(node).state();
            default -> RecordText.path(fileSystem, node);
        };
    }

    private JournalRecord.Begin begun(JsonNode node) throws JsonShapeException {
        return begin.orElseThrow(() -> node.expected("a record that begins the journal before this one"));
    }

    private static Phase phase(JsonNode node) throws JsonShapeException {
        try {
            return Phase.valueOf(node.text());
        } catch (IllegalArgumentException e) {
            throw node.expected("a known phase");
        }
    }

    private static Bytes bytes(JsonNode node) throws JsonShapeException {
        try {
            return Bytes.fromBase64(node.text());
        } catch (IllegalArgumentException e) {
            throw node.expected("base64");
        }
    }

    private static String text(JsonNode parent, String name) throws JsonShapeException {
        return parent.member(name).text();
    }
}
