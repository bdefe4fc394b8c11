/**
 * What apps use and what was paid for them, in chained lines, reported once a month to the operator
 * of their catalogue.
 *
 * <p>{@link org.commonshub.apps.metering.Reports} reads and checks reports on the operator's side,
 * without OSGi; {@link org.commonshub.apps.metering.Share} is the arithmetic of both sides.
 */
package org.commonshub.apps.metering;
