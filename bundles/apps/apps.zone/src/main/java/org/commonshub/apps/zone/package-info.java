/** To come. */
package org.commonshub.apps.zone;
