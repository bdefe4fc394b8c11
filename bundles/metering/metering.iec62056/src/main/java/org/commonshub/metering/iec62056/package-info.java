/**
 * Meters that speak IEC 62056-21 (formerly IEC 1107, in Germany D0): asked in mode C or A, or
 * sending by themselves in mode D. Opens no port and starts no thread.
 */
package org.commonshub.metering.iec62056;
