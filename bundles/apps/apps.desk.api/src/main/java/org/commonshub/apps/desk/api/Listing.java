package org.commonshub.apps.desk.api;

import java.util.List;
import java.util.Optional;
import org.commonshub.identity.api.VerificationKey;

/**
 * One version of one app as a catalogue lists it: signed by its provider, counter-signed by the
 * operator.
 *
 * @param source name of the followed catalogue
 * @param operator who runs it, for people
 * @param manifest as the provider signed it
 * @param path target path, {@code org.example/org.example.coach-1.2.0.jar}
 * @param length bytes
 * @param sha256 hex
 * @param feePermille operator's share of what the provider earns through this hub
 * @param withdrawn why the operator or provider revoked it; empty if they did not
 * @param providerKeys keys that the catalogue delegates to the provider: they sign its licences
 * @param operatorKeys keys that counter-sign licences
 */
public record Listing(
    String source,
    String operator,
    AppManifest manifest,
    String path,
    long length,
    String sha256,
    int feePermille,
    Optional<String> withdrawn,
    List<VerificationKey> providerKeys,
    List<VerificationKey> operatorKeys) {}
