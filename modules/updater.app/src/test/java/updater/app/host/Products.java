package updater.app.host;

import java.nio.file.Path;
import java.util.Map;
import updater.api.HomeRule.HomeOverride;
import updater.api.Os;
import updater.api.Product;
import updater.api.ServiceSpec;
import updater.api.conformance.ProductEdit;

/** Make products for tests. */
public final class Products {
    private Products() {}

    public static Product at(Path home, HomeOverride... overrides) {
        return ProductEdit.agent()
                .home(Os.LINUX, home, overrides)
                .retention(ProductEdit.keeping(1 << 20))
                .product();
    }

    static Product withStateDirectory(Map<Os, String> directories) {
        ProductEdit plain = ProductEdit.of(at(Path.of("/opt/agent")));
        directories.forEach(plain::stateDirectory);
        return plain.product();
    }

    public static Product withServices(Map<String, ServiceSpec> services) {
        ProductEdit plain = ProductEdit.of(at(Path.of("/opt/agent")));
        services.forEach(plain::service);
        return plain.product();
    }
}
