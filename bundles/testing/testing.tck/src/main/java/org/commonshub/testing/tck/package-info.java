/**
 * The compatibility kits that every metering driver's and every ledger client's tests extend, and
 * the faulty devices and servers they are tried against. Never part of a hub image.
 */
package org.commonshub.testing.tck;
