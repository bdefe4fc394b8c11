package org.commonshub.history.api;

import java.time.Instant;

/**
 * One point of a series. For RAW all of min, mean, max, first and last are the value.
 *
 * @param start instant, or start of the interval
 * @param min smallest value
 * @param mean time-weighted mean of an instantaneous quantity; mean of others
 * @param max largest value
 * @param first first value in the interval
 * @param last last value in the interval
 * @param delta for registers: energy counted in the interval with resets and rollovers taken out;
 *     for interval quantities: their sum; otherwise 0
 * @param count values in the interval; 0 makes this a gap, and the other figures mean nothing
 * @param quality {@code org.commonshub.measure.api.Quality} flags of all values, or-ed
 */
public record Point(
    Instant start,
    double min,
    double mean,
    double max,
    double first,
    double last,
    double delta,
    long count,
    int quality) {}
