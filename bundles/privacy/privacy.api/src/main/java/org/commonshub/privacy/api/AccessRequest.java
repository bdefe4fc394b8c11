package org.commonshub.privacy.api;

import java.time.Instant;
import java.util.Optional;

/**
 * Somebody asks for data and waits for the prosumer.
 *
 * @param id unique on this hub
 * @param recipient who asks
 * @param name what people call it
 * @param text what for, in its own words
 * @param asked what it asks for
 * @param widest the most it can get: asked ∩ operator's floor ∩ law
 * @param instant when
 * @param signedBy did:key that signed the request, if it came as a signed document
 */
public record AccessRequest(
    String id,
    Recipient recipient,
    String name,
    String text,
    Terms asked,
    Terms widest,
    Instant instant,
    Optional<String> signedBy) {}
