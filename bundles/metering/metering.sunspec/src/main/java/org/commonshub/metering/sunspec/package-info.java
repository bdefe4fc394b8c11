/**
 * Inverters, meters and batteries that speak SunSpec over Modbus: discovery of their models, and
 * decoding by the table {@code sunspec-models.txt}. Opens no socket and starts no thread.
 */
package org.commonshub.metering.sunspec;
