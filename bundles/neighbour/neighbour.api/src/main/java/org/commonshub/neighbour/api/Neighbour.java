package org.commonshub.neighbour.api;

import java.time.Instant;
import java.util.Optional;

/**
 * Another hub, as a person entered it.
 *
 * @param did its stable name; also its key here
 * @param name what the prosumer calls it
 * @param host name or address
 * @param port TCP port
 * @param heard when both sides last proved who they are
 * @param problem what is wrong now, in plain words, with what to do
 */
public record Neighbour(
    String did,
    String name,
    String host,
    int port,
    Optional<Instant> heard,
    Optional<String> problem) {}
