/**
 * A runtime for Gyre that runs commands of the host in namespaces of their own. See {@link
 * com.example.gyre.sandbox.SandboxPlugin}.
 */
@NullMarked
package com.example.gyre.sandbox;

import org.jspecify.annotations.NullMarked;
