/** To come. */
package org.commonshub.metering.messaging;
