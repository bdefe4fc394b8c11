/**
 * The compatibility kits that every metering driver's, ledger client's, privacy policy's and app's
 * tests extend, and what stands for the hub and the world around them. Never part of a hub image.
 */
package org.commonshub.testing.tck;
