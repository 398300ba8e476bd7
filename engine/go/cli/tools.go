//go:build tools

// Package tools pins the Pulumi command line as a build dependency.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
