/** To come. */
package org.commonshub.apps.provider;
