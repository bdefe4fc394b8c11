/** A simulated home that speaks real protocols, as a process of its own beside the hub. */
package org.commonshub.testing.devices;
