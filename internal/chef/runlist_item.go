package chef

import "strings"

const (
	recipePrefix = "recipe["
	rolePrefix   = "role["
)

// validItem decides by the prefix which form an item must have, so that
// `recipe[` can never start a bare recipe.
func validItem(s string) bool {
	if rest, ok := strings.CutPrefix(s, recipePrefix); ok {
		inner, closed := strings.CutSuffix(rest, "]")
		return closed && validRecipe(inner)
	}
	if rest, ok := strings.CutPrefix(s, rolePrefix); ok {
		inner, closed := strings.CutSuffix(rest, "]")
		return closed && ValidName(inner)
	}
	return validRecipe(s)
}

// validRecipe accepts (NAME::)?NAME(@VERSION)?.
func validRecipe(s string) bool {
	name, version, versioned := strings.Cut(s, "@")
	if versioned && !validItemVersion(version) {
		return false
	}
	if cookbook, recipe, qualified := strings.Cut(name, "::"); qualified {
		return ValidName(cookbook) && ValidName(recipe)
	}
	return ValidName(name)
}

// validItemVersion accepts two or three runs of digits, of any length: unlike
// elsewhere a single number is no version here.
func validItemVersion(s string) bool {
	dots, digits := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && digits > 0:
			dots, digits = dots+1, 0
		default:
			return false
		}
	}
	return digits > 0 && (dots == 1 || dots == 2)
}
