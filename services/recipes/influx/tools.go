//go:build tools

// Package influxd names what is built here: InfluxDB's server. Read by services/influx.py.
package influxd

import _ "github.com/influxdata/influxdb/v2/cmd/influxd"
