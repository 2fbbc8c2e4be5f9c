package telemetry

import "strings"

// bots are words in the User-Agent of programs that read pages by themselves.
var bots = []string{"bot", "crawl", "spider", "slurp", "lighthouse", "facebookexternalhit", "preview", "curl/", "wget/", "python-", "go-http-client", "okhttp", "java/"}

// Browser gives the families that a User-Agent names: Chrome, Edge, Firefox, Safari, Opera, Samsung, Bot or Other, and
// Windows, macOS, Linux, Android, iOS, ChromeOS or Other. It tells what to group by, not what the browser can do.
func Browser(userAgent string) (browser, os string) {
	ua := strings.ToLower(userAgent[:min(len(userAgent), 1000)])
	return browserFamily(ua), osFamily(ua)
}

func browserFamily(ua string) string {
	for _, word := range bots {
		if strings.Contains(ua, word) {
			return "Bot"
		}
	}
	switch { // from those who name others besides themselves to those who do not
	case hasAny(ua, "edg/", "edga/", "edgios/", "edge/"):
		return "Edge"
	case hasAny(ua, "opr/", "opera"):
		return "Opera"
	case strings.Contains(ua, "samsungbrowser/"):
		return "Samsung"
	case hasAny(ua, "firefox/", "fxios/"):
		return "Firefox"
	case hasAny(ua, "chrome/", "crios/", "chromium/", "headlesschrome/"):
		return "Chrome"
	case strings.Contains(ua, "safari/"):
		return "Safari"
	}
	return "Other"
}

func osFamily(ua string) string {
	switch {
	case hasAny(ua, "iphone", "ipad", "ipod"):
		return "iOS"
	case strings.Contains(ua, "android"):
		return "Android"
	case strings.Contains(ua, "windows"):
		return "Windows"
	case strings.Contains(ua, "cros "):
		return "ChromeOS"
	case hasAny(ua, "mac os x", "macintosh"):
		return "macOS"
	case hasAny(ua, "linux", "x11"):
		return "Linux"
	}
	return "Other"
}

func hasAny(s string, words ...string) bool {
	for _, word := range words {
		if strings.Contains(s, word) {
			return true
		}
	}
	return false
}
