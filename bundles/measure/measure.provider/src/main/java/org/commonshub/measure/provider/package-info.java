/**
 * The reading bus with its queues and spill ring, the live state, and the energy balance. Exports
 * nothing; see README.md for threads and bounds.
 */
package org.commonshub.measure.provider;
