package updater.state.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import updater.api.Bytes;
import updater.api.HomeLayout;
import updater.api.Place;
import updater.api.Product;
import updater.api.Step;
import updater.api.UpdateFailure;
import updater.api.Versions;
import updater.api.service.ServiceFacts;
import updater.state.document.ProductJson;
import updater.state.log.DamagedLogException;
import updater.state.log.FutureFormatException;
import updater.state.log.PayloadReader;
import updater.state.log.PayloadWriter;
import updater.state.log.UnrecordableException;

/**
 * The form that the records of a journal have as bytes. {@link PayloadWriter} says what the fields look like.
 *
 * <pre>
 * B begin              number format · text updater · text id · instant at · blob product, a descriptor in JSON ·
 *                      text home · text state · text manager · facts · octet 0 or 1 · blob status file, if 1 ·
 *                      text from version · text to version · text boot
 * H halt the service   text service
 * D create directory   place · number mode · number uid · number gid
 * F place file         file
 * X remove file        place target · place backup · number size · number inode · instant modified
 * Y remove directory   as D
 * S replace definition text service · file
 * L the same, loaded before the stop
 * C configure service  text service · text before · text after
 * R run the service    text service
 * E end of the plan    number of steps
 * M phase record       text phase · instant at · text detail
 * _ padding            blanks up to the end of the record
 *
 * place: octet 0 · text anchor · text path       any directory
 *        octet 1 · text path                     home
 *        octet 2 · text path                     state directory
 * file:  place source · place target · place backup · octet (1: replaces, 2: by rename) · number size
 * facts: octet active · text enablement · number of dependents · text dependent … · duration stop bound · text definition
 * </pre>
 *
 * <p>Most records are of kind F, 100,000 of them in a large plan, and are read while the agent is down: home and state
 * directory are in the first record and left out of theirs. Padding is blanks and not zeros, which the judgement of a
 * torn tail would take for a sector that was lost.
 */
final class JournalCodec {
    private static final int ANYWHERE = 0;
    private static final int IN_HOME = 1;
    private static final int IN_STATE = 2;

    private static final int REPLACES = 1;
    private static final int BY_RENAME = 2;

    private final Path file;
    private final PayloadWriter out = new PayloadWriter();

    /** Home and state directory, once the first record told them. */
    private Optional<JournalRecord.Begin> begin;

    /**
     * Reads and writes the records of one journal.
     *
     * @param file the journal, for messages and its file system
     * @param begin the first record, unless it will be read
     */
    JournalCodec(Path file, Optional<JournalRecord.Begin> begin) {
        this.file = file;
        this.begin = begin;
    }

    /**
     * Returns the record as bytes.
     *
     * @throws UnrecordableException when it could not be read back as it is
     */
    byte[] encode(JournalRecord entry) throws IOException {
        switch (entry) {
            case JournalRecord.Begin first -> begin(first);
            case JournalRecord.Planned(Step step) -> step(step);
            case JournalRecord.PlanComplete(long steps) -> out.start('E').number(steps);
            case JournalRecord.Padding(int length) -> {
                out.start('_');
                for (int i = 0; i < length; i++) {
                    out.octet(' ');
                }
            }
            case JournalRecord.Reached reached ->
                out.start('M')
                        .text(reached.phase().name())
                        .instant(reached.at())
                        .text(reached.detail());
        }
        return out.toBytes();
    }

    private void begin(JournalRecord.Begin first) throws IOException {
        out.start('B').number(first.writer().format());
        out.text(first.writer().version()).text(first.id());
        out.instant(first.at()).blob(ProductJson.compact(first.product()));
        out.path(first.layout().home()).path(first.layout().state());
        JournalRecord.Begin.Before before = first.before();
        ServiceFacts facts = before.service();
        out.text(before.serviceManager());
        out.octet(facts.active() ? 1 : 0).text(facts.enablement());
        out.number(facts.dependents().size());
        for (String dependent : facts.dependents()) {
            out.text(dependent);
        }
        out.duration(facts.stopBound()).text(facts.definition());
        out.octet(before.status().isPresent() ? 1 : 0);
        if (before.status().isPresent()) {
            out.blob(before.status().get().toArray());
        }
        out.text(first.versions().from()).text(first.versions().to()).text(before.bootId());
    }

    private void step(Step step) throws IOException {
        switch (step) {
            case Step.StopService(String service) -> out.start('H').text(service);
            case Step.CreateDirectory directory -> {
                place(out.start('D'), directory.target());
                out.number(directory.mode()).number(directory.uid()).number(directory.gid());
            }
            case Step.RemoveFile removed -> {
                place(out.start('X'), removed.target());
                place(out, removed.backup());
                out.number(removed.size()).number(removed.inode()).instant(removed.modified());
            }
            case Step.RemoveDirectory directory -> {
                place(out.start('Y'), directory.target());
                out.number(directory.mode()).number(directory.uid()).number(directory.gid());
            }
            case Step.PlaceFile placed -> file(out.start('F'), placed);
            case Step.ReplaceDefinition(String service, Step.PlaceFile placed, boolean beforeStop) ->
                file(out.start(beforeStop ? 'L' : 'S').text(service), placed);
            case Step.ConfigureService(String service, String before, String after) ->
                out.start('C').text(service).text(before).text(after);
            case Step.StartService(String service) -> out.start('R').text(service);
        }
    }

    private void file(PayloadWriter to, Step.PlaceFile placed) throws IOException {
        place(to, placed.source());
        place(to, placed.target());
        place(to, placed.backup());
        to.octet((placed.replaces() ? REPLACES : 0) | (placed.byRename() ? BY_RENAME : 0));
        to.number(placed.size());
    }

    private void place(PayloadWriter to, Place place) throws IOException {
        if (begin.isPresent() && place.anchor().equals(begin.get().layout().home())) {
            to.octet(IN_HOME);
        } else if (begin.isPresent()
                && place.anchor().equals(begin.get().layout().state())) {
            to.octet(IN_STATE);
        } else {
            to.octet(ANYWHERE).path(place.anchor());
        }
        to.text(place.path());
    }

    /**
     * Returns the record that these bytes are.
     *
     * @param start where it begins in the file, for messages
     * @throws DamagedLogException when no updater writes such a record
     * @throws FutureFormatException when a newer updater wrote it, who relied on its being understood
     */
    JournalRecord decode(byte[] payload, long start) throws IOException {
        PayloadReader in = new PayloadReader(file, start, payload);
        JournalRecord entry = switch (in.octet()) {
            case 'B' -> begin(in);
            case 'H' -> new JournalRecord.Planned(new Step.StopService(in.text()));
            case 'D' ->
                new JournalRecord.Planned(
                        new Step.CreateDirectory(place(in), in.smallNumber(), in.number(), in.number()));
            case 'X' ->
                new JournalRecord.Planned(
                        new Step.RemoveFile(place(in), place(in), in.number(), in.number(), in.instant()));
            case 'Y' ->
                new JournalRecord.Planned(
                        new Step.RemoveDirectory(place(in), in.smallNumber(), in.number(), in.number()));
            case 'F' -> new JournalRecord.Planned(file(in));
            case 'S' -> new JournalRecord.Planned(new Step.ReplaceDefinition(in.text(), file(in), false));
            case 'L' -> new JournalRecord.Planned(new Step.ReplaceDefinition(in.text(), file(in), true));
            case 'C' -> new JournalRecord.Planned(new Step.ConfigureService(in.text(), in.text(), in.text()));
            case 'R' -> new JournalRecord.Planned(new Step.StartService(in.text()));
            case 'E' -> new JournalRecord.PlanComplete(in.number());
            case 'M' -> new JournalRecord.Reached(phase(in), in.instant(), in.text());
            case '_' -> padding(in);
            default -> throw in.newer("a known kind of record");
        };
        in.end();
        return entry;
    }

    private JournalRecord begin(PayloadReader in) throws IOException {
        int format = in.smallNumber();
        // Looked at first: with another format, everything behind it may be different.
        if (format > JournalRecord.FORMAT) {
            throw in.newer("format " + JournalRecord.FORMAT + " at most");
        }
        JournalRecord.Begin.Writer writer = new JournalRecord.Begin.Writer(format, in.text());
        String id = in.text();
        Instant at = in.instant();
        Product product = product(in);
        HomeLayout layout = new HomeLayout(in.path(file.getFileSystem()), in.path(file.getFileSystem()));
        String manager = in.text();
        ServiceFacts service = facts(in);
        Optional<Bytes> status = flag(in) ? Optional.of(Bytes.of(in.blob())) : Optional.empty();
        Versions versions = new Versions(in.text(), in.text());
        JournalRecord.Begin first = new JournalRecord.Begin(
                writer,
                id,
                at,
                product,
                layout,
                new JournalRecord.Begin.Before(manager, service, status, in.text()),
                versions);
        begin = Optional.of(first);
        return first;
    }

    private static Product product(PayloadReader in) throws IOException {
        try {
            return ProductJson.read(in.blob(), "in the journal");
        } catch (UpdateFailure.Usage e) {
            throw in.newer("a product descriptor that is understood (" + e.getMessage() + ")");
        }
    }

    private static ServiceFacts facts(PayloadReader in) throws IOException {
        boolean active = flag(in);
        String enablement = in.text();
        int count = in.count(1);
        List<String> dependents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            dependents.add(in.text());
        }
        return new ServiceFacts(active, enablement, dependents, in.duration(), in.text());
    }

    private static boolean flag(PayloadReader in) throws IOException {
        return switch (in.octet()) {
            case 0 -> false;
            case 1 -> true;
            default -> throw in.damaged("0 or 1");
        };
    }

    private Step.PlaceFile file(PayloadReader in) throws IOException {
        Place source = place(in);
        Place target = place(in);
        Place backup = place(in);
        int flags = in.octet();
        if ((flags & ~(REPLACES | BY_RENAME)) != 0) {
            throw in.newer("known properties of a file");
        }
        return new Step.PlaceFile(
                source, target, backup, (flags & REPLACES) != 0, (flags & BY_RENAME) != 0, in.number());
    }

    private Place place(PayloadReader in) throws IOException {
        Path anchor = switch (in.octet()) {
            case ANYWHERE -> in.path(file.getFileSystem());
            case IN_HOME -> begun(in).layout().home();
            case IN_STATE -> begun(in).layout().state();
            default -> throw in.damaged("a place");
        };
        String path = in.text();
        try {
            return new Place(anchor, path);
        } catch (IllegalArgumentException e) {
            throw in.damaged("an absolute directory and a plain relative path below it");
        }
    }

    private JournalRecord.Begin begun(PayloadReader in) throws DamagedLogException {
        return begin.orElseThrow(() -> in.damaged("a place that needs no record that begins the journal before it"));
    }

    private static Phase phase(PayloadReader in) throws IOException {
        String name = in.text();
        return Arrays.stream(Phase.values())
                .filter(phase -> phase.name().equals(name))
                .findFirst()
                .orElseThrow(() -> in.newer("a known phase"));
    }

    private static JournalRecord padding(PayloadReader in) throws IOException {
        int length = in.left();
        for (int i = 0; i < length; i++) {
            if (in.octet() != ' ') {
                throw in.damaged("nothing but blanks");
            }
        }
        return new JournalRecord.Padding(length);
    }
}
