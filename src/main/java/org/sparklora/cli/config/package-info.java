/** Where a command's values come from: flags, configuration files, Spark's settings, defaults. */
package org.sparklora.cli.config;
