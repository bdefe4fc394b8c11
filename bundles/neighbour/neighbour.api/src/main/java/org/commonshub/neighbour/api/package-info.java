/**
 * Talking to other hubs, without anybody in between.
 *
 * <p>A neighbour is a hub that a person entered by its DID and fingerprint. Both sides prove their
 * hub key before a byte of a question is read. {@link org.commonshub.neighbour.api.Neighbours} is
 * implemented by {@code neighbour.https} and called by the ledger and the console; {@link
 * org.commonshub.neighbour.api.NeighbourService} is a whiteboard service of whoever answers
 * questions of a {@link org.commonshub.neighbour.api.Topic}. Topics are few on purpose: checkpoints
 * and roots hold nothing but salted digests, a cohort's values are masked by the privacy group;
 * nothing else is said.
 */
@Export
@Version("1.1.0")
package org.commonshub.neighbour.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
