/** The command line. */
package org.sparklora.cli;
