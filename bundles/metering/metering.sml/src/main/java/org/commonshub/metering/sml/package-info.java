/**
 * German electricity meters that push SML files (Smart Message Language, BSI TR-03109-1 Annex IV;
 * SML 1.04) through their infrared port. Opens no port and starts no thread.
 */
package org.commonshub.metering.sml;
