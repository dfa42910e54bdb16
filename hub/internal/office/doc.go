// Package office holds the town and its offices: who holds tickets, who belongs to an office, and what one
// installation knows of its town.
package office
