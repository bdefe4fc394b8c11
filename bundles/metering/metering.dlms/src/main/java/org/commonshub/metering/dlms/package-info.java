/**
 * Electricity meters that push DLMS/COSEM lists to a customer interface (IEC 62056-5-3, -46, -47).
 */
package org.commonshub.metering.dlms;
