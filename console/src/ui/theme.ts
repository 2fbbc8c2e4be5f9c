import {
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  type MantineThemeOverride,
} from "@mantine/core"

const rope: MantineColorsTuple = [
  "#eef3ff",
  "#dbe5ff",
  "#b6c8ff",
  "#8da8fb",
  "#6a8bf6",
  "#4f73ee",
  "#3a5edf",
  "#2c4cc4",
  "#263f9f",
  "#1f347f",
]

const ink: MantineColorsTuple = [
  "#f6f7fa",
  "#eceef3",
  "#dde1e9",
  "#c6ccd8",
  "#9fa8ba",
  "#77829a",
  "#59647c",
  "#434d63",
  "#2c3548",
  "#182033",
]

/** Mantine reads "dark" from light text (0) to the deepest ground (9). */
const night: MantineColorsTuple = [
  "#dbe1ee",
  "#b4bdcf",
  "#8f9ab1",
  "#6a7690",
  "#3b465e",
  "#2b3448",
  "#1d2536",
  "#141b2a",
  "#0e1421",
  "#090d17",
]

/** Harm is vermilion and safe is teal: they differ in lightness and stay apart for colour-blind eyes. */
const harm: MantineColorsTuple = [
  "#fff0ea",
  "#ffdfd3",
  "#fdbda7",
  "#f99a79",
  "#f37a51",
  "#e75f33",
  "#cb4519",
  "#b33c15",
  "#932f0f",
  "#74240b",
]

const safe: MantineColorsTuple = [
  "#e6f8f4",
  "#cdefe7",
  "#9be0d0",
  "#65ccb7",
  "#3ab59e",
  "#1c9c86",
  "#0a8270",
  "#056a5c",
  "#04554a",
  "#033f37",
]

const warn: MantineColorsTuple = [
  "#fff7e2",
  "#ffecc0",
  "#fbd988",
  "#f3c250",
  "#e6aa24",
  "#cf930c",
  "#a97505",
  "#875c04",
  "#6b4904",
  "#503703",
]

const closeButtonProps = { "aria-label": "Close" }

/** What opens above the page lies on the same ground as cards. */
const onSurface = {
  content: { background: "var(--surface)" },
  header: { background: "var(--surface)" },
}

/** The console's look: dense, calm, nothing that moves without a reason. */
export const theme: MantineThemeOverride = createTheme({
  primaryColor: "rope",
  primaryShade: { light: 7, dark: 6 },
  colors: { rope, gray: ink, dark: night, harm, safe, warn },
  fontFamily:
    'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace',
  defaultRadius: "md",
  radius: { xs: "3px", sm: "5px", md: "8px", lg: "12px", xl: "18px" },
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.9375rem", lg: "1.125rem", xl: "1.375rem" },
  headings: { fontWeight: "650", textWrap: "balance" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" } },
    TextInput: { defaultProps: { size: "sm" } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300, multiline: true, maw: 320 } },
    Notification: { defaultProps: { closeButtonProps } },
    Modal: {
      defaultProps: {
        centered: true,
        radius: "lg",
        closeButtonProps,
        overlayProps: { backgroundOpacity: 0.5, blur: 2 },
      },
      styles: onSurface,
    },
    Drawer: {
      defaultProps: { position: "right", size: "xl", closeButtonProps },
      styles: onSurface,
    },
  },
})

/** What Mantine's own tokens become in each theme. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f4f5f8",
    "--mantine-color-text": "#182033",
    "--mantine-color-dimmed": "#586279",
    "--mantine-color-default-border": "#d5dae4",
    "--mantine-color-error": "#b33c15",
    "--mantine-color-placeholder": "#6b758b",
  },
  dark: {
    "--mantine-color-body": "#0b101b",
    "--mantine-color-text": "#e3e8f2",
    "--mantine-color-dimmed": "#98a3b9",
    "--mantine-color-default": "#1a2233",
    "--mantine-color-default-hover": "#222b3e",
    "--mantine-color-default-border": "#2f394e",
    "--mantine-color-error": "#ff9d7c",
    "--mantine-color-placeholder": "#8792a8",
  },
})
