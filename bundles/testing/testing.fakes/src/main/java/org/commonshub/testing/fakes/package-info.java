/**
 * Stand-ins for the hub's services in unit tests: manual time, temporary directories, recorded
 * readings, scripted devices. Thread-safe unless said otherwise. Never part of a hub image.
 */
package org.commonshub.testing.fakes;
