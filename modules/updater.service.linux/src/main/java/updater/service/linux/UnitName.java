package updater.service.linux;

import updater.api.RefusalCode;
import updater.api.UpdateFailure;

/** The unit name that a name from a product descriptor stands for. */
final class UnitName {
    private UnitName() {}

    /** Returns the service's unit name; {@code .service} may be left out, as on systemctl's command line. */
    static String ofService(String name) {
        return name.endsWith(".service") ? name : name + ".service";
    }

    /**
     * Returns a product's name with what a unit name may not hold (systemd.unit(5)) replaced.
     */
    static String prefix(String product) {
        return product.replaceAll("[^A-Za-z0-9:_.-]", "_");
    }

    /** Keeps wildcards, options and instances of nothing away from systemctl. */
    static void check(String unit) throws UpdateFailure.Refused {
        if (!unit.matches("[A-Za-z0-9:_.@\\\\][A-Za-z0-9:_.@\\\\-]*") || unit.endsWith("@.service")) {
            throw new UpdateFailure.Refused(
                    RefusalCode.SERVICE_NAME_INVALID,
                    "'" + unit + "' is no name of a systemd service",
                    "Correct the name of the service in the product descriptor");
        }
    }
}
