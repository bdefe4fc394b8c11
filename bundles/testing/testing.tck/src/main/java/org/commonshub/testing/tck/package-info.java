/**
 * The compatibility kit that every metering driver's tests extend, and the faulty devices it is
 * tried against. Never part of a hub image.
 */
package org.commonshub.testing.tck;
