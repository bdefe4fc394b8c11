/** To come. */
package org.commonshub.metering.broker;
