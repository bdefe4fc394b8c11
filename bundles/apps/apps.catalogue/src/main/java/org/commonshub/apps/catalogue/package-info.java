/** To come. */
package org.commonshub.apps.catalogue;
