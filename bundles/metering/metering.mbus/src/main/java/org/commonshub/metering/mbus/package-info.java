/** To come. */
package org.commonshub.metering.mbus;
