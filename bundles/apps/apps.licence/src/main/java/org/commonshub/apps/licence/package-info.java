/** To come. */
package org.commonshub.apps.licence;
