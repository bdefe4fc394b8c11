/** To come. */
package org.commonshub.metering.speedwire;
