/** Traces for the operator's collector, by setting (decisions 10.3); the only user of OpenTelemetry. */
@NullMarked
package tuco.traces;

import org.jspecify.annotations.NullMarked;
