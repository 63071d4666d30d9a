package agent

import (
	"errors"

	"tournant/internal/ha"
	"tournant/internal/postgres"
)

// codeOfPostgres is what an error of PostgreSQL or of a unit means to the
// machine.
func codeOfPostgres(err error) ha.Code {
	if err == nil {
		return ha.OK
	}
	var version *postgres.VersionError
	switch {
	case errors.As(err, &version):
		return ha.WrongPostgres
	case errors.Is(err, postgres.ErrNoCluster):
		return ha.WrongPostgres
	case errors.Is(err, errNotTaken):
		return ha.ForeignEpoch
	}
	if code, known := codeOfEpoch(err); known {
		return code
	}
	if code, over := codeOfTime(err); over {
		return code
	}
	return codeOfKernel(err)
}
