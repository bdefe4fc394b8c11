/**
 * The compatibility kits that every metering driver's, ledger client's and privacy policy's tests
 * extend, and the faulty devices and servers they are tried against. Never part of a hub image.
 */
package org.commonshub.testing.tck;
