/**
 * Talks to other hubs over TLS 1.3 with both sides proven by their hub keys; see the README.
 * Implements {@code neighbour.api.Neighbours} and calls whoever registers a {@code
 * NeighbourService}.
 */
package org.commonshub.neighbour.https;
