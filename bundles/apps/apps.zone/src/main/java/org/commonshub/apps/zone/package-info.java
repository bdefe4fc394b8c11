/** Apps in processes of their own, one per provider, without files and network. */
package org.commonshub.apps.zone;
