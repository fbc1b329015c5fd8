//go:build tools

// Package tools pins the programs that the local control plane is built from.
package tools

import (
	_ "sigs.k8s.io/kwok/cmd/kwok"
)
