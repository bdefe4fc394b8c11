/**
 * Sums over the homes of a community, of which nobody sees a single value. {@code Setup}, {@code
 * Member}, {@code Collector}, {@code Wire}, {@code Sharing} and {@code Suite} are the protocol and
 * know neither files nor network; {@code Membership} and {@code Gateway} give it both.
 */
package org.commonshub.privacy.cohort;
