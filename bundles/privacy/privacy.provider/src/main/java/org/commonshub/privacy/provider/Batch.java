package org.commonshub.privacy.provider;

import java.time.Instant;
import java.util.List;
import org.commonshub.privacy.api.Block;

/**
 * Values to be made fit for one release.
 *
 * @param blocks raw values or finer intervals; for intervals out of raw values also the nearest
 *     values on either side
 * @param from oldest instant or interval that may come out
 * @param to end of that, exclusive
 */
record Batch(List<Block> blocks, Instant from, Instant to) {}
