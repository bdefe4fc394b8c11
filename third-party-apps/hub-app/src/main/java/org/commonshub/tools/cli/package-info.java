/** What a command line of the hub's tools is made of: commands, options, exit codes, JSON. */
package org.commonshub.tools.cli;
