/** To come. */
package org.commonshub.metering.ecp;
