/**
 * The process and its commands: start, help, exit code, log settings.
 *
 * <p>Start with {@link org.sparklora.cli.Main}, which prepares the JVM, and then {@link
 * org.sparklora.cli.Application}, which parses the command line and runs one command. What a single
 * command does belongs to {@code cli.command}; its flags belong to {@code cli.option} and {@code
 * cli.training}.
 */
package org.sparklora.cli;
