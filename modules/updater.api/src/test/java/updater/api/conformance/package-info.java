/**
 * What every provider must do, written once against {@link updater.api.service}. A provider's tests extend {@link
 * updater.api.conformance.ServiceConformance} and give it a {@link updater.api.conformance.ServiceBench}; {@code
 * docs/adding-a-provider.md} says how.
 */
package updater.api.conformance;
