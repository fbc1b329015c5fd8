//go:build tools

// Package tools pins the S3-compatible server that tests of the history run against.
package tools

import (
	_ "github.com/versity/versitygw/cmd/versitygw"
)
