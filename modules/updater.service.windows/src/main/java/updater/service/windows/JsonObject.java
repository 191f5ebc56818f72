package updater.service.windows;

import java.util.List;
import java.util.Optional;
import updater.service.windows.Json.Flag;
import updater.service.windows.Json.Items;
import updater.service.windows.Json.Malformed;
import updater.service.windows.Json.Members;
import updater.service.windows.Json.Text;
import updater.service.windows.Json.Value;
import updater.service.windows.Json.Whole;

/** Take members of one type each from a JSON object. */
record JsonObject(Members members) {
    static JsonObject of(Value value, String what) throws Malformed {
        if (!(value instanceof Members members)) {
            throw new Malformed(what + " is not an object");
        }
        return new JsonObject(members);
    }

    JsonObject object(String name) throws Malformed {
        return of(require(name), "'" + name + "'");
    }

    String text(String name) throws Malformed {
        return optionalText(name).orElseThrow(() -> new Malformed("'" + name + "' is missing"));
    }

    Optional<String> optionalText(String name) throws Malformed {
        Value value = members.values().get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof Text(String text))) {
            throw new Malformed("'" + name + "' is not a string");
        }
        return Optional.of(text);
    }

    int number(String name) throws Malformed {
        if (!(require(name) instanceof Whole(long number)) || number != (int) number) {
            throw new Malformed("'" + name + "' is not a whole number");
        }
        return (int) number;
    }

    boolean flag(String name) throws Malformed {
        if (!(require(name) instanceof Flag(boolean flag))) {
            throw new Malformed("'" + name + "' is neither true nor false");
        }
        return flag;
    }

    List<Value> items(String name) throws Malformed {
        if (!(require(name) instanceof Items(List<Value> items))) {
            throw new Malformed("'" + name + "' is not an array");
        }
        return items;
    }

    private Value require(String name) throws Malformed {
        Value value = members.values().get(name);
        if (value == null) {
            throw new Malformed("'" + name + "' is missing");
        }
        return value;
    }
}
