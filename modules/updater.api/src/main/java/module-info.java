import org.jspecify.annotations.NullMarked;

/**
 * Defines the vocabulary of an update: product, layout of home, service SPI, steps and failures.
 */
@NullMarked
module updater.api {
    requires static org.jspecify;

    exports updater.api;
    exports updater.api.service;
}
