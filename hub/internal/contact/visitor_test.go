package contact_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"sportello.dev/hub/internal/contact"
	"sportello.dev/hub/internal/fault"
	"sportello.dev/hub/internal/id"
)

func TestWhoAVisitorIs(t *testing.T) {
	t.Parallel()
	gino, rina := id.New[id.Contact](), id.New[id.Contact]()
	owner := func(field string, who id.Contact, name string) contact.Belonging {
		return contact.Belonging{Field: field, Contact: who, Name: name}
	}
	for name, c := range map[string]struct {
		visitor contact.Visitor
		owners  []contact.Belonging
		is      id.Contact
		wrong   []string
	}{
		"nobody knows him":           {contact.Visitor{Name: "Gino"}, nil, id.Contact{}, nil},
		"the same name":              {contact.Visitor{Name: "GINO  verdi"}, []contact.Belonging{owner("phone", gino, "Gino Verdi")}, gino, nil},
		"just a number":              {contact.Visitor{}, []contact.Belonging{owner("phone", gino, "Gino")}, gino, nil},
		"another name":               {contact.Visitor{Name: "Anna"}, []contact.Belonging{owner("phone", gino, "Gino")}, id.Contact{}, []string{"known"}},
		"another name, the same":     {contact.Visitor{Name: "Anna", Known: "same"}, []contact.Belonging{owner("phone", gino, "Gino")}, gino, nil},
		"another name, another":      {contact.Visitor{Name: "Anna", Known: "other"}, []contact.Belonging{owner("phone", gino, "Gino")}, id.Contact{}, nil},
		"one of two by name":         {contact.Visitor{Name: "Rina"}, []contact.Belonging{owner("email", gino, "Gino"), owner("phone", rina, "Rina")}, rina, nil},
		"two of other names at once": {contact.Visitor{Name: "Anna"}, []contact.Belonging{owner("email", gino, "Gino"), owner("phone", rina, "Rina")}, id.Contact{}, []string{"known", "known"}},
	} {
		who, err := c.visitor.Settle(c.owners)
		require.Equal(t, c.is, who, name)
		var codes []string
		for _, v := range fault.Violations(err) {
			codes = append(codes, v.Key)
		}
		require.Equal(t, c.wrong, codes, name)
	}
}
